"""Why requests are refused: one member per reason, with its words; a room per part of the protocol."""
