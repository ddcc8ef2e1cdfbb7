# Common part: script/deps makes the toolchain (once) and tells where it is.
if(NOT HOOKFLASH_MUSL_TOOLCHAIN)
  execute_process(
    COMMAND ${CMAKE_CURRENT_LIST_DIR}/../../script/deps --toolchain ${hookflash_musl_target}
    OUTPUT_VARIABLE HOOKFLASH_MUSL_TOOLCHAIN
    OUTPUT_STRIP_TRAILING_WHITESPACE
    RESULT_VARIABLE hookflash_musl_result)
  if(NOT hookflash_musl_result EQUAL 0)
    message(FATAL_ERROR "The toolchain ${hookflash_musl_target} could not be made; see above.")
  endif()
endif()
# Compiler checks run this file again; they get the answer handed over.
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES HOOKFLASH_MUSL_TOOLCHAIN)
set(HOOKFLASH_TARGET ${hookflash_musl_target})
include(${HOOKFLASH_MUSL_TOOLCHAIN}/dependencies.cmake)
