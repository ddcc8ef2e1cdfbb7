# Compiler flags: one interface target for what every file of ours gets, one for what rooms get on top.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_EXTENSIONS OFF)

string(TOUPPER ${HOOKFLASH_PROFILE} hookflash_profile_upper)

# Every target of ours, tests included.
add_library(hookflash_flags INTERFACE)
# Quoted includes only: with -I, <limits.h> of the C library would find firmware/limits.h.
target_compile_options(hookflash_flags INTERFACE "SHELL:-iquote ${PROJECT_SOURCE_DIR}"
                                                 "SHELL:-iquote ${PROJECT_SOURCE_DIR}/firmware")
target_compile_definitions(hookflash_flags INTERFACE HOOKFLASH_PROFILE_${hookflash_profile_upper}=1)
target_compile_options(
  hookflash_flags
  INTERFACE -Wall
            -Wextra
            -Wpedantic
            -Werror
            -Wshadow
            -Wconversion
            -Wsign-conversion
            -Wdouble-promotion
            -Wcast-align
            -Wcast-qual
            -Wformat=2
            -Wimplicit-fallthrough
            -Wmissing-declarations
            -Wundef
            -Wvla
            # Designated initialisers leave the rest at their member initialisers on purpose.
            -Wno-missing-field-initializers
            -fno-common
            -ffunction-sections
            -fdata-sections
            # Addresses of source files never reach the binary.
            -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=
            $<$<COMPILE_LANGUAGE:CXX>:-Wold-style-cast>
            $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>
            $<$<COMPILE_LANGUAGE:CXX>:-Woverloaded-virtual>
            $<$<COMPILE_LANGUAGE:CXX>:-Wextra-semi>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(hookflash_flags INTERFACE -Wduplicated-cond -Wlogical-op)
  if(HOOKFLASH_SANITIZE)
    # Sanitizer instrumentation makes gcc 12 report uninitialised reads that do not exist.
    target_compile_options(hookflash_flags INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()

# Rooms: no exceptions, no RTTI. Tests do without these flags because GoogleTest uses both.
add_library(hookflash_room_flags INTERFACE)
target_compile_options(hookflash_room_flags INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions>
                                                      $<$<COMPILE_LANGUAGE:CXX>:-fno-rtti>)

if(HOOKFLASH_SANITIZE)
  # No vptr check: it needs RTTI, which rooms do without.
  add_compile_options(-fsanitize=${HOOKFLASH_SANITIZE} -fno-sanitize=vptr -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${HOOKFLASH_SANITIZE} -fno-sanitize=vptr)
endif()

if(HOOKFLASH_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "HOOKFLASH_FUZZ needs clang; use the preset 'fuzz'.")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

add_link_options(-Wl,--gc-sections)

if(HOOKFLASH_LTO)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
  # Nobody unwinds in the static binaries: rooms have no exceptions, and CHECK ends the process.
  add_compile_options(-fno-asynchronous-unwind-tables -fno-unwind-tables)
endif()
