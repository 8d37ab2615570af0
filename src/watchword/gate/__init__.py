"""Forward-auth: what a gateway asks before it lets a request through to somebody else's back-end.

It knows proxies and rules, and no vendor: what a vendor's calls need, and how a no is worded, its
dialect says (`watchword.web.gating`).
"""
