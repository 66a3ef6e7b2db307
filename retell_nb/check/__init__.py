"""Rules for cron and CI: which of them are broken, and whether that is news."""
