"""Why Retell AI voice calls end."""
