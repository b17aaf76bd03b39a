def run(): return []
def tampered_copies(copy): return 0
