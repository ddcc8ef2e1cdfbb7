# Functions that turn a folder into a target. A folder is a room, a test, a program or a fuzz target.

# Gathering targets: all fuzz programs; what the tests labelled 'rules' need; every generated
# document; generated headers (clang-tidy wants them before it reads a file).
add_custom_target(fuzzers)
add_custom_target(rules)
add_custom_target(documents)
add_custom_target(generated)

# hookflash_sources(<out> <pattern> [folders...]): files of this folder (and of the named subfolders).
function(hookflash_sources out pattern)
  file(GLOB found CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${pattern})
  foreach(folder IN LISTS ARGN)
    file(GLOB more CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/${pattern})
    list(APPEND found ${more})
  endforeach()
  list(SORT found)
  set(${out} ${found} PARENT_SCOPE)
endfunction()

# hookflash_room(<name> [KNOWS <targets...>] [FOLDERS <subfolders...>])
#
# A static library of the *.cpp files in this folder and in FOLDERS, without exceptions and RTTI.
# main.cpp is left out: it belongs to hookflash_program(). A folder of headers only becomes an
# INTERFACE library. KNOWS names the rooms (and hookflash::* libraries) that this room may include.
function(hookflash_room name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "KNOWS;FOLDERS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "hookflash_room(${name}): unknown words '${arg_UNPARSED_ARGUMENTS}'.")
  endif()
  hookflash_sources(sources "*.cpp" ${arg_FOLDERS})
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC hookflash_flags ${arg_KNOWS} PRIVATE hookflash_room_flags)
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE hookflash_flags ${arg_KNOWS})
  endif()
  set_property(GLOBAL APPEND PROPERTY HOOKFLASH_KNOWN_ROOMS ${name})
  hookflash_check_known(${name} "${arg_KNOWS}")
endfunction()

# A room can only know rooms that stand above it, so they exist by the time it is declared.
function(hookflash_check_known name known)
  foreach(other IN LISTS known)
    if(NOT TARGET ${other})
      message(WARNING "${name} KNOWS ${other}, which is not declared (yet, or misspelt, or below it).")
    endif()
  endforeach()
endfunction()

# hookflash_program(<name> MAIN <file> [KNOWS <targets...>]): an executable of one file on rooms.
function(hookflash_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "MAIN" "KNOWS")
  if(NOT arg_MAIN)
    set(arg_MAIN main.cpp)
  endif()
  add_executable(${name} ${arg_MAIN})
  target_link_libraries(${name} PRIVATE hookflash_flags hookflash_room_flags ${arg_KNOWS})
endfunction()

# hookflash_test(<name> [KNOWS <targets...>] [SOURCES <more files...>] [FOLDERS <subfolders...>]
#                [LABELS <labels...>] [TIMEOUT <seconds>])
#
# A GoogleTest program of the *_test.cpp files in this folder and in FOLDERS, and one ctest entry.
# It runs in the project root; HOOKFLASH_SOURCE_DIR (a string literal) is that folder.
function(hookflash_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "KNOWS;SOURCES;FOLDERS;LABELS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "hookflash_test(${name}): unknown words '${arg_UNPARSED_ARGUMENTS}'.")
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  hookflash_sources(sources "*_test.cpp" ${arg_FOLDERS})
  add_executable(${name} ${sources} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE hookflash_flags ${arg_KNOWS} GTest::gmock GTest::gtest_main
                                        Threads::Threads)
  target_compile_definitions(${name} PRIVATE HOOKFLASH_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  hookflash_check_known(${name} "${arg_KNOWS}")
  add_test(NAME ${name} COMMAND ${name} --gtest_brief=1 WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}")
  if("rules" IN_LIST arg_LABELS)
    add_dependencies(rules ${name})
  endif()
endfunction()

# hookflash_document(<file> PROGRAM <target> [ARGS <arguments...>])
#
# <file> (relative to the project root) is what PROGRAM prints. ctest notices when it is stale; the
# target 'documents' writes it anew: script/build debug documents
function(hookflash_document file)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "PROGRAM" "ARGS")
  string(MAKE_C_IDENTIFIER ${file} id)
  set(script ${PROJECT_SOURCE_DIR}/cmake/document.cmake)
  set(arguments -DPROGRAM=$<TARGET_FILE:${arg_PROGRAM}> "-DARGS=${arg_ARGS}"
                -DDOCUMENT=${PROJECT_SOURCE_DIR}/${file} -DNAME=${file})
  add_test(NAME document_${id} COMMAND ${CMAKE_COMMAND} ${arguments} -P ${script})
  set_tests_properties(document_${id} PROPERTIES LABELS rules TIMEOUT 300)
  add_custom_target(write_${id} COMMAND ${CMAKE_COMMAND} ${arguments} -DWRITE=1 -P ${script}
                    DEPENDS ${arg_PROGRAM} VERBATIM)
  add_dependencies(documents write_${id})
  add_dependencies(rules ${arg_PROGRAM})
endfunction()

# hookflash_fuzz(<name> [KNOWS <targets...>] [SOURCES <files...>])
#
# From <name>.cpp, which defines LLVMFuzzerTestOneInput. With the preset 'fuzz' it is a libFuzzer
# program (script/check runs it). In every other build it is linked with tests/fuzz/replay_main.cpp
# and ctest replays the kept seeds of tests/fuzz/corpus/<name>/ through it.
function(hookflash_fuzz name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "KNOWS;SOURCES")
  set(target fuzz_${name})
  if(HOOKFLASH_FUZZ)
    add_executable(${target} ${name}.cpp ${arg_SOURCES})
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
  else()
    add_executable(${target} ${name}.cpp ${PROJECT_SOURCE_DIR}/tests/fuzz/replay_main.cpp
                             ${arg_SOURCES})
    add_test(NAME ${target} COMMAND ${target} ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${name})
    set_tests_properties(${target} PROPERTIES TIMEOUT 120 LABELS "fuzz")
  endif()
  target_link_libraries(${target} PRIVATE hookflash_flags ${arg_KNOWS})
  add_dependencies(fuzzers ${target})
endfunction()
