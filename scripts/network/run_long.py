"""Laws of the whole run, looked at when it is over."""

from watch import retreats, roots_of_log


def finality_never_goes_back_and_no_size_has_two_roots(town):
    town.submitter.pause()
    broken = town.watch.seen()
    assert not broken, "; ".join(broken[:10])
    assert town.watch.samples > 50, f"only {town.watch.samples} samples"
    return (f"{town.watch.samples} samples, {len(town.watch.roots)} sizes, "
            f"{len(town.watch.states)} state roots")


def no_witness_has_signed_two_contradicting_heads(town):
    size = town.home.checkpoint()[0]
    roots = roots_of_log(town.home, size)
    figures = []
    for name, did in town.dids.items():
        heads = town.watch.heads_of(did)
        wrong = retreats(heads)
        # One log: what a witness has signed is a head of what the home has now.
        wrong += [f"a foreign root at size {n}" for _, n, root in heads if roots.get(n) != root]
        assert not wrong, f"{name}: {wrong[:5]}"
        figures.append(f"{name} {len(heads)}")
    assert all(town.watch.heads_of(town.dids[node.name]) for node in town.witnesses)
    return "heads: " + ", ".join(figures)


ALL = [finality_never_goes_back_and_no_size_has_two_roots,
       no_witness_has_signed_two_contradicting_heads]
