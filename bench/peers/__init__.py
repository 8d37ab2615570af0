"""What this server is held against, each started as its own documentation says."""
