"""Rules checked, explained, compared by their effect on what was sent so far, and put in force by a generation beside the live one."""
