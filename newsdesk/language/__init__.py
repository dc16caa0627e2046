"""How Indonesian and English news text is read: normalisation, stems, sentences, dates, country names."""
