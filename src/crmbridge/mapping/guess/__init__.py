"""Guesses a mapping from what a source holds, says what each guess rests on, and asks what nobody could know."""
