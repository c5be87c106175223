extension ModelTable {
    /// Google's own models, then those of others that Vertex serves.
    static let google = """
        gemini-1.5-flash -002 -latest | 1048576 8192 | idats N | 0.075 0.01875 - - 0.3 >128k 0.15 0.0375 - - 0.6
        gemini-1.5-pro -002 -latest | 2097152    8192 | idats     N   | 1.25 0.3125 - - 5 >128k 2.5 0.625 - - 10
        gemini-2.0-flash          | 1048576    8192 | idats     N   | 0.1 0.025 - - 0.4
        gemini-2.0-flash-lite     | 1048576    8192 | idats     N   | 0.075 - - - 0.3
        gemini-2.5-computer-use-preview-10-2025 |  128000   64000 | it        N   | 1.25 - - - 10
        gemini-2.5-flash          | 1048576   65536 | idatrs    B   | 0.3 0.03 - - 2.5
        gemini-2.5-flash-lite     | 1048576   65536 | idatrs    B   | 0.1 0.01 - - 0.4
        gemini-2.5-flash-lite-preview-09-2025 | 1048576   65535 | idtrs     B   | 0.1 0.01 - - 0.4
        gemini-2.5-flash-preview-09-2025 | 1048576   65535 | idtrs     B   | 0.3 0.03 - - 2.5
        gemini-2.5-pro            | 1048576   65536 | idatrs    B   | 1.25 0.125 - - 10 >200k 2.5 0.25 - - 15
        gemini-3-flash-preview    | 1048576   65536 | idatrs    E   | 0.5 0.05 - - 3
        gemini-3-pro-preview      | 1048576   65535 | idatrs    E   | 2 0.2 - - 12 >200k 4 0.4 - - 18
        gemini-3.1-flash-lite -preview | 1048576   65536 | idatrs    E   | 0.25 0.025 - - 1.5
        gemini-3.1-pro-preview    | 1048576   65536 | idatrs    E   | 2 0.2 - - 12 >200k 4 0.4 - - 18
        gemini-3.1-pro-preview-customtools | 1048576   65536 | idatrs    E   | 2 0.2 - - 12 >200k 4 0.4 - - 18
        gemini-3.5-flash          | 1048576   65536 | idatrs    E   | 1.5 0.15 - - 9
        gemini-3.5-flash-lite     | 1048576   65536 | idatrs    EF  | 0.3 0.03 - - 2.5
        gemini-3.6-flash          | 1048576   65536 | idatrs    EF  | 0.75 0.075 - - 3.75
        gemini-3.7-flash          | 1048576   65536 | idatrs    EF  | 0.75 0.075 - - 3.75
        gemini-3.8-flash          | 1048576   65536 | idatrs    EF  | 0.75 0.075 - - 3.75
        gemini-4-argon            | 1048576 1048576 | idatrs    E   | 2 0.1 - - 10
        gemini-embedding-001      |    2048       - | -         -   | 0.15 - - - 0
        gemini-embedding-2 -preview |    8192       - | -         -   | 0.2 - - - 0
        gemini-flash-latest       | 1048576   65536 | idatrs    E   | 0.75 0.075 - - 3.75
        gemini-flash-lite-latest  | 1048576   65536 | idatrs    E   | 0.3 0.03 - - 2.5
        gemini-pro-latest         | 1048576   65536 | idatrs    E   | 2 0.2 - - 12 >200k 4 0.4 - - 18
        gemini/gemma-3-27b-it     |  131072    8192 | its       N   | 0 - - - 0
        gemini/gemma-4-26b-a4b-it |  262144   32768 | itrs      E   | 0 - - - 0
        gemini/gemma-4-31b-it     |  262144   32768 | itrs      E   | 0 - - - 0
        text-embedding-004        |    2048       - | -         -   | 0.1 - - - 0
        text-embedding-005        |    2048       - | -         -   | 0.1 - - - 0
        text-multilingual-embedding-002 |    2048       - | -         -   | 0.1 - - - 0
        vertex-gemini/gemini-2.0-flash | 1048576    8192 | idats     N   | 0.15 - - - 0.6
        vertex-gemini/gemini-2.0-flash-lite | 1048576    8192 | idats     N   | 0.075 - - - 0.3
        deepseek-ai/deepseek-r1-0528-maas |   65336    8192 | tr        -   | 1.35 - - - 5.4
        deepseek-ai/deepseek-v3.1-maas |  163840   32768 | tr        -   | 0.6 0.06 - - 1.7
        deepseek-ai/deepseek-v3.2-maas |  163840   32768 | tr        -   | 0.56 0.056 - - 1.68
        deepseek-ai/deepseek-v4.1-flash-maas | 1048576 1048576 | itrs      -   | 0.3 0.03 - - 1.2
        google/gemma-4-26b-a4b-it-maas |  262144  128000 | it        -   | 0.15 0.015 - - 0.6
        meta/llama-3.1-405b-instruct-maas |  128000    2048 | i         -   | 5 - - - 16
        meta/llama-3.3-70b-instruct-maas |  128000    8192 | t         -   | 0.72 - - - 0.72
        meta/llama-4-maverick-17b-128e-instruct-maas | 1000000 1000000 | t         -   | 0.35 - - - 1.15
        meta/llama-4-maverick-17b-16e-instruct-maas | 1000000 1000000 | t         -   | 0.35 - - - 1.15
        meta/llama-4-scout-17b-128e-instruct-maas | 10000000 10000000 | t         -   | 0.25 - - - 0.7
        meta/llama-4-scout-17b-16e-instruct-maas | 10000000 10000000 | t         -   | 0.25 - - - 0.7
        minimaxai/minimax-m2-maas |  196608  196608 | t         -   | 0.3 0.03 - - 1.2
        moonshotai/kimi-k2-thinking-maas |  256000  256000 | t         -   | 0.6 0.06 - - 2.5
        openai/gpt-oss-120b-maas  |  131072   32768 | r!ida     -   | 0.09 - - - 0.36
        openai/gpt-oss-20b-maas   |  131072   32768 | r!ida     -   | 0.07 0.007 - - 0.25
        qwen/qwen3-235b-a22b-instruct-2507-maas |  262144   16384 | t         -   | 0.22 - - - 0.88
        qwen/qwen3-coder-480b-a35b-instruct-maas |  262144   32768 | t         -   | 0.22 0.022 - - 1.8
        qwen/qwen3-next-80b-a3b-instruct-maas |  262144  262144 | t         -   | 0.15 - - - 1.2
        qwen/qwen3-next-80b-a3b-thinking-maas |  262144  262144 | t         -   | 0.15 - - - 1.2
        zai-org/glm-4.7-maas      |  200000  128000 | tr        -   | 0.6 0.06 - - 2.2
        zai-org/glm-5-maas        |  200000  128000 | tr        -   | 1 0.1 - - 3.2
        zai-org/glm-5.2-maas      | 1000000   64000 | trs       -   | 1.4 0.14 - - 4.4
        """
}
