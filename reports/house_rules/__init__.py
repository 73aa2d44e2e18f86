"""The rules of the house as data: policies, macros, urgency, how long things are kept."""
