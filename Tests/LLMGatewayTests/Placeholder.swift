import Testing
import NIOHTTP1
import NIOEmbedded
