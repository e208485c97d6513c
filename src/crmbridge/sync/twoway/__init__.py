"""Two systems kept in step: what each field is decided to be, and how the decision reaches both."""
