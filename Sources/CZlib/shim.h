// Compression as HTTP bodies have it (gzip), by the system's zlib.
#include <zlib.h>
