"""What a browser shows; a package, so that its fixtures end with its last test."""
