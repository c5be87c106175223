// The protocol of Redis, read and written: hiredis' reader and formatter. Its sockets are not used.
#include <hiredis/hiredis.h>
#include <hiredis/read.h>
