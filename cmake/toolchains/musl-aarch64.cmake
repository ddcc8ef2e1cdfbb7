# Static aarch64 binaries on musl, made with Debian's own gcc.
set(hookflash_musl_target musl-aarch64)
include(${CMAKE_CURRENT_LIST_DIR}/musl.cmake)
