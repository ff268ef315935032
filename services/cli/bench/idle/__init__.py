"""What a platform without any request costs."""
