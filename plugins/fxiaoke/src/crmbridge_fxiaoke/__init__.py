"""Fxiaoke (纷享销客) for crmbridge."""
