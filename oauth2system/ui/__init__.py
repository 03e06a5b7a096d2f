"""The pages, made with Reflex: the second door. Pages and small states; all rules are in the services."""
