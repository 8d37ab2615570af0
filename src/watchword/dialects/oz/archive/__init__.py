"""What the flags guard: folders, media and analyses (wire contract Oz 8).

Watchword keeps media sealed and judges none of it. An analysis is handed to the engine that the
settings name for its kind, and its verdict is recorded beside who asked.
"""
