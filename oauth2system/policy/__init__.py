"""The rules of this server that no standard makes: pure functions over plain values."""
