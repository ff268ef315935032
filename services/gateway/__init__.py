"""The gateway: the platform's only base URL. It answers reads from the views and forwards commands."""
