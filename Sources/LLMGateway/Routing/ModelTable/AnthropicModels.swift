extension ModelTable {
    /// Anthropic's models; at Bedrock they have `anthropic.` in front.
    static let anthropic = """
        claude-3-5-haiku -latest -20241022 |  200000    8192 | idts!a    NT  | 0.8 0.08 1 1.6 4
        claude-3-5-sonnet -latest -20240620 -20241022 |  200000    8192 | idts!a    NT  | 3 0.3 3.75 6 15
        claude-3-7-sonnet -latest -20250219 |  200000   64000 | idtrs!a   BT  | 3 0.3 3.75 6 15
        claude-3-haiku -20240307  |  200000    4096 | its!a     NT  | 0.25 0.03 0.3 0.5 1.25
        claude-3-opus -latest -20240229 |  200000    4096 | its!a     NT  | 15 1.5 18.75 30 75
        claude-3-sonnet -20240229 |  200000    4096 | its!a     NT  | 3 0.3 3.75 6 15
        claude-fable-5            | 1000000  128000 | idtrs!a   EFR | 10 1 12.5 20 50
        claude-fable-5-1          | 1000000  128000 | idtrs!a   EFR | 10 0.25 12.5 20 50
        claude-haiku-4-5 -20251001 |  200000   64000 | idtrs!a   BR  | 1 0.1 1.25 2 5
        claude-haiku-5-5          | 1000000  128000 | idtrs!a   EFR | 0.1 0.01 0.125 0.2 0.5 >100k 0.5 0.05 0.625 1 2.5
        claude-mythos-5           | 1000000  128000 | idtrs!a   EFR | 10 1 12.5 20 50
        claude-mythos-5-1         | 1000000  128000 | idtrs!a   EFR | 10 0.25 12.5 20 50
        claude-mythos-preview     | 1000000  128000 | idtrs!a   EF  | 10 1 12.5 20 50
        claude-opus-4 -20250514   |  200000   32000 | idtrs!a   BT  | 15 1.5 18.75 30 75
        claude-opus-4-0           |  200000   32000 | idtrs!a   BT  | 15 1.5 18.75 30 75
        claude-opus-4-1 -20250805 |  200000   32000 | idtrs!a   B   | 15 1.5 18.75 30 75
        claude-opus-4-5 -20251101 |  200000   64000 | idtrs!a   BR  | 5 0.5 6.25 10 25
        claude-opus-4-6 -20260205 | 1000000  128000 | idtrs!a   ER  | 5 0.5 6.25 10 25
        claude-opus-4-7 -20260416 | 1000000  128000 | idtrs!a   EFR | 5 0.5 6.25 10 25
        claude-opus-4-8           | 1000000  128000 | idtrs!a   EFR | 5 0.5 6.25 10 25
        claude-opus-5             | 1000000  128000 | idtrs!a   EFR | 5 0.5 6.25 10 25
        claude-opus-5-5           | 1000000  128000 | idtrs!a   EFR | 4 0.2 5 8 20
        claude-sonnet-4 -20250514 |  200000   64000 | idtrs!a   BT  | 3 0.3 3.75 6 15
        claude-sonnet-4-0         |  200000   64000 | idtrs!a   BT  | 3 0.3 3.75 6 15
        claude-sonnet-4-5 -20250929 |  200000   64000 | idtrs!a   BR  | 3 0.3 3.75 6 15
        claude-sonnet-4-6         | 1000000  128000 | idtrs!a   ER  | 3 0.3 3.75 6 15
        claude-sonnet-5           | 1000000  128000 | idtrs!a   EFR | 2 0.2 2.5 4 10
        claude-sonnet-5-5         | 1000000  128000 | idtrs!a   EFR | 2 0.1 2.5 4 10
        """
}
