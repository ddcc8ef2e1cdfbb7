// For libstdc++'s headers on musl: musl's <ctype.h> has functions only, no table to peek into.
#ifndef HOOKFLASH_MUSL_OS_DEFINES_H
#define HOOKFLASH_MUSL_OS_DEFINES_H 1
#define __NO_CTYPE 1
#endif
