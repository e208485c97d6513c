"""What an adapter's author tests with: the conformance kit, a reference adapter, a clock and data strategies.

Nothing of crmbridge imports this package; it is shipped so that a plugin's whole test is one class and one fixture.
"""
