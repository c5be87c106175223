extension ModelTable {
    /// Mistral, xAI, DeepSeek, Cohere, Cerebras and Groq; then open weights by their names at Hugging Face, whose price
    /// is the affair of who serves them.
    static let further = """
        codestral-2508            |  128000  128000 | ts!ida    N   | 0.3 0.03 - - 0.9
        codestral-embed -2505     |    8192       - | -         -   | 0.15 0.015 - - 0
        codestral-latest          |  128000  128000 | ts!ida    N   | 0.3 0.03 - - 0.9
        codestral-mamba-latest    |  256000  256000 | !ida      N   | 0.25 0.025 - - 0.25
        devstral-latest           |  256000  256000 | trs!ida   -   | 0.4 0.04 - - 2
        devstral-medium-latest    |  256000  256000 | trs!ida   -   | 0.4 0.04 - - 2
        devstral-small-latest     |  256000  256000 | trs!ida   -   | 0.1 0.01 - - 0.3
        magistral-medium-latest   |  262144  262144 | itrs      -   | 1.5 0.15 - - 7.5
        magistral-small-latest    |  262144  262144 | itrs      -   | 0.15 0.015 - - 0.6
        ministral-14b-2512        |  262144  262144 | its       N   | 0.2 0.02 - - 0.2
        ministral-14b-latest      |  262144  262144 | its       N   | 0.2 0.02 - - 0.2
        ministral-3-14b-2512      |  262144  262144 | its       N   | 0.2 0.02 - - 0.2
        ministral-3-3b-2512       |  131072  131072 | its       N   | 0.1 0.01 - - 0.1
        ministral-3-8b-2512       |  262144  262144 | its       N   | 0.15 0.015 - - 0.15
        ministral-3b-2512         |  131072  131072 | its       N   | 0.1 0.01 - - 0.1
        ministral-3b-latest       |  131072  131072 | its       N   | 0.1 0.01 - - 0.1
        ministral-8b-2512         |  262144  262144 | its       N   | 0.15 0.015 - - 0.15
        ministral-8b-latest       |  262144  262144 | its       N   | 0.15 0.015 - - 0.15
        mistral-code-agent-latest |  256000  256000 | trs       -   | 0.4 0.04 - - 2
        mistral-code-fim-latest   |  128000  128000 | ts        N   | 0.3 0.03 - - 0.9
        mistral-code-latest       |  128000  128000 | ts        N   | 0.3 0.03 - - 0.9
        mistral-embed -2312       |    8192       - | -         -   | 0.1 - - - 0
        mistral-large-2512        |  262144  262144 | its       N   | 0.5 0.05 - - 1.5
        mistral-large-3           |  262144  262144 | its       N   | 0.5 0.05 - - 1.5
        mistral-large-4           | 1048576 1048576 | itrs      -   | 1.36 0.14 - - 4.18
        mistral-large-4-0         | 1048576 1048576 | itrs      -   | 1.36 0.14 - - 4.18
        mistral-large-latest      |  262144  262144 | its       N   | 0.5 0.05 - - 1.5
        mistral-medium -2604 -latest |  262144  262144 | itrs      -   | 1.5 0.15 - - 7.5
        mistral-medium-3          |  262144  262144 | itrs      -   | 1.5 0.15 - - 7.5
        mistral-medium-3-5        |  262144  262144 | itrs      -   | 1.5 0.15 - - 7.5
        mistral-medium-3.5        |  262144  262144 | itrs      -   | 1.5 0.15 - - 7.5
        mistral-small             |   32000    8191 | trs       -   | 0.1 0.01 - - 0.3
        mistral-small-2603        |  262144  262144 | itrs      -   | 0.15 0.015 - - 0.6
        mistral-small-latest      |  262144  262144 | itrs      -   | 0.15 0.015 - - 0.6
        mistral-tiny              |   32000    8191 | s!ida     N   | 0.25 0.025 - - 0.25
        open-mistral-nemo         |  128000  128000 | s!ida     N   | 0.3 0.03 - - 0.3
        pixtral-large-latest      |  128000  128000 | its       N   | 2 0.2 - - 6
        voxtral-small-2507        |   32768   32768 | ats       N   | 0.1 0.01 - - 0.4
        voxtral-small-latest      |   32768   32768 | ats       N   | 0.1 0.01 - - 0.4
        grok-4.20 -0309 -beta     | 1000000 1000000 | itrs      -   | 1.25 0.2 - - 2.5 >200k 2.5 0.4 - - 5
        grok-4.20-0309-non-reasoning | 1000000 1000000 | its       N   | 1.25 0.2 - - 2.5 >200k 2.5 0.4 - - 5
        grok-4.20-0309-reasoning  | 1000000 1000000 | itrs      -   | 1.25 0.2 - - 2.5 >200k 2.5 0.4 - - 5
        grok-4.20-beta-latest     | 1000000 1000000 | itrs      -   | 1.25 0.2 - - 2.5 >200k 2.5 0.4 - - 5
        grok-4.20-beta-latest-non-reasoning | 1000000 1000000 | its       N   | 1.25 0.2 - - 2.5 >200k 2.5 0.4 - - 5
        grok-4.20-beta-latest-reasoning | 1000000 1000000 | itrs      -   | 1.25 0.2 - - 2.5 >200k 2.5 0.4 - - 5
        grok-4.20-beta-non-reasoning | 1000000 1000000 | its       N   | 1.25 0.2 - - 2.5 >200k 2.5 0.4 - - 5
        grok-4.20-beta-reasoning  | 1000000 1000000 | itrs      -   | 1.25 0.2 - - 2.5 >200k 2.5 0.4 - - 5
        grok-4.20-multi-agent -0309 -latest | 1000000 1000000 | irs       -   | 1.25 0.2 - - 2.5 >200k 2.5 0.4 - - 5
        grok-4.20-non-reasoning -latest | 1000000 1000000 | its       N   | 1.25 0.2 - - 2.5 >200k 2.5 0.4 - - 5
        grok-4.20-reasoning -latest | 1000000 1000000 | itrs      -   | 1.25 0.2 - - 2.5 >200k 2.5 0.4 - - 5
        grok-4.3 -latest          | 1000000 1000000 | itrs      -   | 1.25 0.2 - - 2.5 >200k 2.5 0.4 - - 5
        grok-4.5 -latest          |  500000  500000 | itrs      -   | 2 0.3 - - 6 >200k 4 0.6 - - 12
        grok-4.6                  |  500000  500000 | itrs      -   | 2 0.5 - - 6 >200k 4 1 - - 12
        grok-4.7                  |  500000  500000 | itrs      -   | 2 0.5 - - 6 >200k 4 1 - - 12
        grok-build-0.1            |  256000  256000 | itrs      -   | 1 0.2 - - 2 >200k 2 0.4 - - 4
        grok-build-latest         |  500000  500000 | itrs      -   | 2 0.3 - - 6 >200k 4 0.6 - - 12
        grok-code-fast            |  256000  256000 | itrs      -   | 1 0.2 - - 2 >200k 2 0.4 - - 4
        grok-code-fast-1 -0825    |  256000  256000 | itrs      -   | 1 0.2 - - 2 >200k 2 0.4 - - 4
        deepseek-chat             |  131072    8192 | ts!ida    N   | 0.28 0.028 - - 0.42
        deepseek-coder            |  128000    4096 | t!ida     N   | 0.14 0.014 - - 0.28
        deepseek-flash            | 1000000  393216 | itrs      -   | 0.3 0.006 - - 1.2
        deepseek-r1               |   65536    8192 | tr!ida    -   | 0.55 0.14 - - 2.19
        deepseek-reasoner         |  131072   65536 | rs!ida    -   | 0.28 0.028 - - 0.42
        deepseek-v3               |   65536    8192 | t!ida     N   | 0.27 0.07 - - 1.1
        deepseek-v3.2             |  163840  163840 | tr!ida    -   | 0.28 0.028 - - 0.4
        deepseek-v4-flash         | 1000000  393216 | itrs      -   | 0.3 0.006 - - 1.2
        deepseek-v4-flash-vision-exp | 1000000  393216 | itrs      -   | 0.3 0.006 - - 1.2
        deepseek-v4-pro           | 1000000  393216 | trs!ida   -   | 1.32 0.044 - - 3.96
        c4ai-aya-expanse-32b      |  128000    4000 | -         N   | 0.5 - - - 1.5
        command-a-03-2025         |  256000    8000 | t!ida     N   | 2.5 - - - 10
        command-r-08-2024         |  128000    4096 | t!ida     N   | 0.15 - - - 0.6
        command-r-plus-08-2024    |  128000    4096 | t!ida     N   | 2.5 - - - 10
        command-r7b-12-2024       |  128000    4096 | t!ida     N   | 0.0375 - - - 0.15
        embed-english-light-v3.0  |     512       - | -         -   | 0.1 - - - 0
        embed-english-v3.0        |     512       - | -         -   | 0.1 - - - 0
        embed-multilingual-v3.0   |     512       - | -         -   | 0.1 - - - 0
        embed-v4.0                |  128000       - | -         -   | 0.12 - - - 0
        embed-v5.0-fast           |  128000       - | -         -   | 0.08 - - - 0
        embed-v5.0-pro            |  128000       - | -         -   | 0.12 - - - 0
        cerebras/gemma-4-31b      |  131072   40960 | itrs      -   | 0.99 - - - 1.49
        cerebras/gpt-oss-120b     |  131072   32768 | trs!ida   -   | 0.35 - - - 0.75
        cerebras/llama-3.1-70b    |  128000  128000 | t!ida     -   | 0.6 - - - 0.6
        cerebras/llama-3.1-8b     |  128000  128000 | t!ida     -   | 0.1 - - - 0.1
        cerebras/llama-3.3-70b    |  128000  128000 | t!ida     -   | 0.85 - - - 1.2
        cerebras/llama3.1-70b     |  128000  128000 | t!ida     -   | 0.6 - - - 0.6
        cerebras/llama3.1-8b      |  128000  128000 | t!ida     -   | 0.1 - - - 0.1
        cerebras/qwen-3-32b       |  128000  128000 | tr!ida    -   | 0.4 - - - 0.8
        cerebras/qwen-3.8-27b     |   65536   32768 | itrs      -   | 0.99 - - - 1.49
        groq/llama-guard-3-8b     |    8192    8192 | -         -   | 0.2 - - - 0.2
        groq/meta-llama/llama-prompt-guard-2-22m |     512     512 | -         -   | 0.03 - - - 0.03
        groq/meta-llama/llama-prompt-guard-2-86m |     512     512 | -         -   | 0.04 - - - 0.04
        groq/openai/gpt-oss-120b  |  131072   65536 | trs!ida   -   | 0.15 0.075 - - 0.6
        groq/openai/gpt-oss-20b   |  131072   65536 | trs!ida   -   | 0.075 0.0375 - - 0.3
        groq/openai/gpt-oss-safeguard-20b |  131072   65536 | trs!ida   -   | 0.075 0.037 - - 0.3
        groq/qwen/qwen3.8-27b     |  131072   16384 | itrs      -   | 0.8 - - - 4
        openai/gpt-oss-120b       |  131072       - | trs!ida   -   | -
        openai/gpt-oss-20b        |  131072       - | trs!ida   -   | -
        meta-llama/Llama-3.3-70B-Instruct |  131072       - | t!ida     N   | -
        meta-llama/Llama-3.1-8B-Instruct |  131072       - | t!ida     N   | -
        meta-llama/Llama-3.1-70B-Instruct |  131072       - | t!ida     N   | -
        Qwen/Qwen3-235B-A22B-Instruct-2507 |  262144       - | t!ida     N   | -
        Qwen/Qwen3-Coder-480B-A35B-Instruct |  262144       - | t!ida     N   | -
        deepseek-ai/DeepSeek-R1   |  163840       - | r!ida     -   | -
        deepseek-ai/DeepSeek-V3.2 |  163840       - | tr!ida    -   | -
        moonshotai/Kimi-K2-Instruct-0905 |  262144       - | t!ida     N   | -
        google/gemma-3-27b-it     |  131072       - | i!a       N   | -
        """
}
