"""The daily digest by mail: who is due, what they are sent, and how it is sent once and only once."""
