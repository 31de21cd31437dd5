"""What an import did, or would do, in sentences for staff."""

from catalog.importing.importer import Summary


def sentences(summary: Summary, *, dry_run: bool) -> list[str]:
    """What happened, in sentences."""
    plan = summary.plan
    lines = list(summary.notices)
    lines.append("Read " + ", ".join(f"{count:,} {name}" for name, count in summary.rows.items()) + ".")
    if not summary.changed:
        lines.append("Nothing is new: the catalogue is as it was.")
    else:
        verb = "Would bring" if dry_run else "Brought"
        unchanged = summary.rows["sets"] - len(plan.new_sets) - len(plan.changed_sets)
        lines.append(
            f"{verb} sets: {len(plan.new_sets):,} new, {len(plan.changed_sets):,} changed, {unchanged:,} as they were, "
            f"{len(plan.retired_sets):,} retired; contents of {len(plan.boxes):,} sets"
            + (f" in {summary.contents:,} rows." if not dry_run else ".")
        )
        lines.append(
            f"Parts: {len(plan.new_parts):,} new, {len(plan.changed_parts):,} changed, "
            f"{len(plan.retired_parts):,} retired. "
            f"Pieces: {len(plan.new_pieces):,} new, {len(plan.changed_pieces):,} changed, "
            f"{len(plan.retired_pieces):,} retired. Elements: {len(plan.new_elements):,} new, "
            f"{len(plan.changed_elements):,} changed."
        )
    if summary.bad_rows:
        lines.append(f"Bad rows left out: {summary.bad_rows:,}.")
    lines.extend(f"Note, {code.replace('_', ' ')}: {count:,}." for code, count in summary.notes.items())
    return lines
