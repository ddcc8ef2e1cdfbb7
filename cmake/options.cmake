# Choices of one build. The presets in CMakePresets.json set them; defaults suit a plain `cmake -B`.

set(HOOKFLASH_PROFILE "pi" CACHE STRING "Limits profile: tiny, pi or gateway")
set_property(CACHE HOOKFLASH_PROFILE PROPERTY STRINGS tiny pi gateway)
if(NOT HOOKFLASH_PROFILE MATCHES "^(tiny|pi|gateway)$")
  message(FATAL_ERROR "HOOKFLASH_PROFILE is '${HOOKFLASH_PROFILE}'; it must be tiny, pi or gateway.")
endif()

set(HOOKFLASH_SANITIZE "" CACHE STRING "Sanitizers for everything built here, e.g. address,undefined")
option(HOOKFLASH_FUZZ "Build the fuzz targets with libFuzzer (clang only)" OFF)
option(HOOKFLASH_TESTS "Build the tests (needs GoogleTest)" ON)
option(HOOKFLASH_LTO "Link-time optimisation of our own code" OFF)
option(HOOKFLASH_WITHOUT_DEPS
       "Do not fetch or build third-party libraries; rooms that need them cannot be built" OFF)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE "Debug" CACHE STRING "Build type" FORCE)
endif()

set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
