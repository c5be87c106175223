extension ModelTable {
    /// OpenAI's models, at OpenAI and at Azure. Models that are spoken to and speak themselves have no price: their
    /// sound is charged apart from their text, and no usage tells how much it was.
    static let openAI = """
        babbage-002               |   16384    4096 | !a        N   | 0.4 - - - 0.4
        chat-latest               |  400000  128000 | idtrs!a   E   | 5 0.5 - - 30
        chatgpt-4o-latest         |  128000   16384 | i!a       N   | 5 - - - 15
        codex-mini                |  200000  100000 | idtrs!a   E   | 1.5 0.375 - - 6
        computer-use-preview -2025-03-11 |    8192    1024 | idtr!a    E   | 3 - - - 12
        davinci-002               |   16384    4096 | !a        N   | 2 - - - 2
        ft:gpt-3.5-turbo          |   16385    4096 | !idas     N   | 3 - - - 6
        ft:gpt-4-0613             |    8192    4096 | t!a       N   | 30 - - - 60
        ft:gpt-4.1-2025-04-14     | 1047576   32768 | its!a     N   | 3 0.75 - - 12
        ft:gpt-4.1-mini-2025-04-14 | 1047576   32768 | its!a     N   | 0.8 0.2 - - 3.2
        ft:gpt-4.1-nano-2025-04-14 | 1047576   32768 | its!a     N   | 0.2 0.05 - - 0.8
        ft:gpt-4o-2024-08-06      |  128000   16384 | idts!a    N   | 3.75 1.875 - - 15
        ft:gpt-4o-2024-11-20      |  128000   16384 | idts!a    N   | 3.75 1.875 - - 15
        ft:gpt-4o-mini-2024-07-18 |  128000   16384 | idts!a    N   | 0.3 0.15 - - 1.2
        ft:o4-mini-2025-04-16     |  200000  100000 | trs!a     E   | 4 1 - - 16
        gpt-3.5-turbo -0125       |   16385    4096 | t!idas    N   | 0.5 - - - 1.5
        gpt-3.5-turbo-1106        |   16385    4096 | t!idas    N   | 1 - - - 2
        gpt-3.5-turbo-16k         |   16385    4096 | !idas     N   | 3 - - - 4
        gpt-3.5-turbo-instruct    |    8192    4096 | !idas     N   | 1.5 - - - 2
        gpt-3.5-turbo-instruct-0914 |    8192    4097 | !idas     N   | 1.5 - - - 2
        gpt-35-turbo              |   16385    4096 | t!idas    N   | 0.5 - - - 1.5
        gpt-35-turbo-16k          |   16385    4096 | !idas     N   | 3 - - - 4
        gpt-4 -0613               |    8192    4096 | t!idas    N   | 30 - - - 60
        gpt-4-0125-preview        |  128000    4096 | t!idas    N   | 10 - - - 30
        gpt-4-1106-preview        |  128000    4096 | t!idas    N   | 10 - - - 30
        gpt-4-32k                 |   32768    4096 | !idas     N   | 60 - - - 120
        gpt-4-turbo -2024-04-09   |  128000    4096 | idt!as    N   | 10 - - - 30
        gpt-4.1 -2025-04-14       | 1047576   32768 | idts!a    N   | 2 0.5 - - 8
        gpt-4.1-mini -2025-04-14  | 1047576   32768 | idts!a    N   | 0.4 0.1 - - 1.6
        gpt-4.1-nano -2025-04-14  | 1047576   32768 | idts!a    N   | 0.1 0.025 - - 0.4
        gpt-4.5-preview           |  128000   16384 | its!a     N   | 75 37.5 - - 150
        gpt-4o -2024-08-06 -2024-11-20 |  128000   16384 | idts!a    N   | 2.5 1.25 - - 10
        gpt-4o-2024-05-13         |  128000    4096 | idt!as    N   | 5 - - - 15
        gpt-4o-audio-preview-2024-12-17 |  128000   16384 | at        N   | -
        gpt-4o-audio-preview-2025-06-03 |  128000   16384 | at        N   | -
        gpt-4o-mini -2024-07-18   |  128000   16384 | idts!a    N   | 0.15 0.075 - - 0.6
        gpt-4o-mini-audio-preview-2024-12-17 |  128000   16384 | at        N   | -
        gpt-4o-mini-search-preview -2025-03-11 |  128000   16384 | idts!a    N   | 0.15 0.075 - - 0.6
        gpt-4o-search-preview -2025-03-11 |  128000   16384 | idts!a    N   | 2.5 1.25 - - 10
        gpt-5 -2025-08-07         |  272000  128000 | idtrs!a   EF  | 1.25 0.125 - - 10
        gpt-5-chat                |  128000   16384 | idrs!a    E   | 1.25 0.125 - - 10
        gpt-5-chat-latest         |  128000   16384 | idtrs!a   E   | 1.25 0.125 - - 10
        gpt-5-codex               |  272000  128000 | idtrs!a   EF  | 1.25 0.125 - - 10
        gpt-5-mini -2025-08-07    |  272000  128000 | idtrs!a   EF  | 0.25 0.025 - - 2
        gpt-5-nano -2025-08-07    |  272000  128000 | idtrs!a   EF  | 0.05 0.005 - - 0.4
        gpt-5-pro -2025-10-06     |  400000  272000 | idtrs!a   EF  | 15 - - - 120
        gpt-5-search-api -2025-10-14 |  272000  128000 | idts!a    N   | 1.25 0.125 - - 10
        gpt-5.1 -2025-11-13       |  272000  128000 | idtrs!a   E   | 1.25 0.125 - - 10
        gpt-5.1-chat              |  128000   16384 | itrs!a    E   | 1.25 0.125 - - 10
        gpt-5.1-chat-latest       |  128000   16384 | idtrs!a   E   | 1.25 0.125 - - 10
        gpt-5.1-codex             |  400000  128000 | idtrs!a   EF  | 1.25 0.125 - - 10
        gpt-5.1-codex-2025-11-13  |  272000  128000 | idtrs!a   EF  | 1.25 0.125 - - 10
        gpt-5.1-codex-max         |  400000  128000 | idtrs!a   EF  | 1.25 0.125 - - 10
        gpt-5.1-codex-mini        |  400000  128000 | idtrs!a   EF  | 0.25 0.025 - - 2
        gpt-5.1-codex-mini-2025-11-13 |  272000  128000 | idtrs!a   EF  | 0.25 0.025 - - 2
        gpt-5.2 -2025-12-11       |  272000  128000 | idtrs!a   E   | 1.75 0.175 - - 14
        gpt-5.2-chat              |  128000   16384 | its!a     N   | 1.75 0.175 - - 14
        gpt-5.2-chat-latest       |  128000   16384 | idtrs!a   E   | 1.75 0.175 - - 14
        gpt-5.2-codex             |  272000  128000 | idtrs!a   EF  | 1.75 0.175 - - 14
        gpt-5.2-pro -2025-12-11   |  272000  128000 | idtrs!a   EF  | 21 - - - 168
        gpt-5.3-chat              |  128000   16384 | its!a     N   | 1.75 0.175 - - 14
        gpt-5.3-chat-latest       |  128000   16384 | idtrs!a   E   | 1.75 0.175 - - 14
        gpt-5.3-codex             |  272000  128000 | idtrs!a   EF  | 1.75 0.175 - - 14
        gpt-5.4 -2026-03-05       | 1050000  128000 | idtrs!a   EFR | 2.5 0.25 - - 15 >272k 5 0.5 - - 22.5
        gpt-5.4-mini -2026-03-17  |  272000  128000 | idtrs!a   EF  | 0.75 0.075 - - 4.5
        gpt-5.4-nano -2026-03-17  |  272000  128000 | idtrs!a   EF  | 0.2 0.02 - - 1.25
        gpt-5.4-pro -2026-03-05   | 1050000  128000 | idtr!a    EFR | 30 - - - 180 >272k 60 - - - 270
        gpt-5.5 -2026-04-23       | 1050000  128000 | idtrs!a   EFR | 5 0.5 - - 30 >272k 10 1 - - 45
        gpt-5.5-2026-04-24        |  922000  128000 | idtrs!a   EFR | 5 0.5 - - 30 >272k 10 1 - - 45
        gpt-5.5-pro -2026-04-23   | 1050000  128000 | idtr!a    EFR | 30 - - - 180 >272k 60 - - - 270
        gpt-5.6                   |  922000  128000 | idtrs!a   EFR | 4 0.4 5 - 20 >272k 8 0.8 10 - 30
        gpt-5.6-luna -2026-07-09  |  922000  128000 | idtrs!a   EFR | 0.2 0.02 0.25 - 1.2 >272k 0.4 0.04 0.5 - 1.8
        gpt-5.6-sol -2026-07-09   |  922000  128000 | idtrs!a   EFR | 4 0.4 5 - 20 >272k 8 0.8 10 - 30
        gpt-5.6-terra -2026-07-09 |  922000  128000 | idtrs!a   EFR | 2 0.2 2.5 - 12 >272k 4 0.4 5 - 18
        gpt-6-astra -2026-09-03   |  922000  128000 | idtrs!a   EFR | 10 1 12.5 - 50 >272k 20 2 25 - 75
        gpt-6-astra-law           |  922000  128000 | idtrs!a   EFR | 10 1 - - 50
        gpt-6-luna -2026-09-22    |  922000  128000 | idtrs!a   EFR | 0.1 0.01 0.125 - 0.5 >272k 0.2 0.02 0.25 - 0.75
        gpt-6-sol -2026-09-22     |  922000  128000 | idtrs!a   EFR | 2 0.2 2.5 - 10 >272k 4 0.4 5 - 15
        gpt-6.1-sol -2026-09-29   |  922000  128000 | idtrs!a   EFR | 2 0.1 2.5 - 10 >272k 4 0.2 5 - 15
        gpt-6.1-terra             |  922000  128000 | idtrs!a   EFR | 1 0.05 1.25 - 5 >272k 2 0.1 2.5 - 7.5
        gpt-audio -2025-08-28     |  128000   16384 | at!i      N   | -
        gpt-audio-1.5             |  128000   16384 | at!i      N   | -
        gpt-audio-mini -2025-10-06 -2025-12-15 |  128000   16384 | at!i      N   | -
        o1 -2024-12-17            |  200000  100000 | idtrs!a   EF  | 15 7.5 - - 60
        o1-mini -2024-09-12       |  128000   65536 | tr!ida    EF  | 1.1 0.55 - - 4.4
        o1-preview                |  128000   32768 | r!ida     EF  | 15 7.5 - - 60
        o1-pro -2025-03-19        |  200000  100000 | idtrs!a   EF  | 150 - - - 600
        o3 -2025-04-16            |  200000  100000 | idtrs!a   EF  | 2 0.5 - - 8
        o3-deep-research -2025-06-26 |  200000  100000 | idr!a     EF  | 10 2.5 - - 40
        o3-mini -2025-01-31       |  200000  100000 | trs!ida   EF  | 1.1 0.55 - - 4.4
        o3-pro -2025-06-10        |  200000  100000 | idtrs!a   EF  | 20 - - - 80
        o4-mini -2025-04-16       |  200000  100000 | idtrs!a   EF  | 1.1 0.275 - - 4.4
        o4-mini-deep-research -2025-06-26 |  200000  100000 | idr!a     EF  | 2 0.5 - - 8
        text-embedding-3-large    |    8191       - | -         -   | 0.13 - - - 0
        text-embedding-3-small    |    8191       - | -         -   | 0.02 - - - 0
        text-embedding-ada-002    |    8191       - | -         -   | 0.1 - - - 0
        text-embedding-ada-002-v2 |    8191       - | -         -   | 0.1 - - - 0
        """
}
