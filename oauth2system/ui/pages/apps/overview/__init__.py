"""The first page of an app: its id, where visitors return to, the link, how the connection stands, and its end."""
