"""crmbridge: one model over any CRM, and sales rules on top of it."""
