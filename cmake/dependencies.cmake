# Third-party libraries as imported targets: hookflash::cjson, mbedtls, sodium, lws, cares.
# script/deps fetches, checks and builds them into a cache outside the tree; it is quick when they
# are there. Their headers are system headers: our warnings are not for them.

foreach(library IN ITEMS cjson mbedtls sodium lws cares)
  add_library(hookflash_${library} INTERFACE)
  add_library(hookflash::${library} ALIAS hookflash_${library})
endforeach()

if(HOOKFLASH_WITHOUT_DEPS)
  message(STATUS "Third-party libraries are left out; rooms that need them cannot be built.")
  return()
endif()

# hookflash_prefixes(<options of script/deps...>): sets prefix_<name> for each library it prints.
macro(hookflash_prefixes)
  execute_process(
    COMMAND ${PROJECT_SOURCE_DIR}/script/deps ${ARGN}
    OUTPUT_VARIABLE hookflash_deps_output
    RESULT_VARIABLE hookflash_deps_result)
  if(NOT hookflash_deps_result EQUAL 0)
    message(FATAL_ERROR "script/deps ${ARGN} failed; its message stands above.")
  endif()
  string(REGEX MATCHALL "[^\n]+" hookflash_deps_lines "${hookflash_deps_output}")
  foreach(line IN LISTS hookflash_deps_lines)
    if(line MATCHES "^([^ ]+) (.+)$")
      set(prefix_${CMAKE_MATCH_1} ${CMAKE_MATCH_2})
    endif()
  endforeach()
endmacro()

if(HOOKFLASH_TARGET)
  hookflash_prefixes(--target ${HOOKFLASH_TARGET})
elseif(HOOKFLASH_SANITIZE MATCHES "address" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  hookflash_prefixes(--flavour asan)
else()
  hookflash_prefixes(--flavour release)
  if(HOOKFLASH_FUZZ)
    # The parser under test is instrumented; the rest need not be.
    hookflash_prefixes(--flavour fuzz)
  endif()
endif()

# A change of pins, recipes or patches configures again.
file(GLOB_RECURSE hookflash_deps_inputs CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/cmake/deps/*
     ${PROJECT_SOURCE_DIR}/cmake/patches/*)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${hookflash_deps_inputs}
                                       ${PROJECT_SOURCE_DIR}/script/deps)

# One imported archive each, so that CMake knows who needs whom and orders the link line.
function(hookflash_archive name file)
  add_library(${name} STATIC IMPORTED GLOBAL)
  set_target_properties(${name} PROPERTIES IMPORTED_LOCATION ${file})
  target_link_libraries(${name} INTERFACE ${ARGN})
endfunction()

function(hookflash_library library prefix)
  target_include_directories(hookflash_${library} SYSTEM INTERFACE ${prefix}/include)
  target_link_libraries(hookflash_${library} INTERFACE ${ARGN})
endfunction()

hookflash_archive(cjson_archive ${prefix_cjson}/lib/libcjson.a)
hookflash_archive(mbedcrypto_archive ${prefix_mbedtls}/lib/libmbedcrypto.a)
hookflash_archive(mbedx509_archive ${prefix_mbedtls}/lib/libmbedx509.a mbedcrypto_archive)
hookflash_archive(mbedtls_archive ${prefix_mbedtls}/lib/libmbedtls.a mbedx509_archive)
hookflash_archive(sodium_archive ${prefix_libsodium}/lib/libsodium.a)
hookflash_archive(lws_archive ${prefix_libwebsockets}/lib/libwebsockets.a mbedtls_archive)
hookflash_archive(cares_archive ${prefix_c-ares}/lib/libcares.a)

hookflash_library(cjson ${prefix_cjson} cjson_archive)
target_compile_definitions(hookflash_cjson INTERFACE CJSON_NESTING_LIMIT=32)

hookflash_library(mbedtls ${prefix_mbedtls} mbedtls_archive)
# The layout of mbedTLS's structures depends on this header (it stands in the prefix).
target_compile_definitions(hookflash_mbedtls
                           INTERFACE MBEDTLS_USER_CONFIG_FILE="hookflash_mbedtls_config.h")

hookflash_library(sodium ${prefix_libsodium} sodium_archive)
target_compile_definitions(hookflash_sodium INTERFACE SODIUM_STATIC=1)

hookflash_library(lws ${prefix_libwebsockets} lws_archive hookflash_mbedtls)

hookflash_library(cares ${prefix_c-ares} cares_archive)
target_compile_definitions(hookflash_cares INTERFACE CARES_STATICLIB=1)
