"""Everything between the web and an Entry: guarded fetch, parsing in a killable child, listings, sitemaps."""
