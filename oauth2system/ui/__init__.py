"""Door two: Reflex. Pages and small states; every rule is a service's."""
