"""What every HTTP endpoint needs: messages, forms, cookies, guards and error pages."""
