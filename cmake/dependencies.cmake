# Third-party libraries as imported targets: hookflash::cjson, mbedtls, sodium, lws, cares.
# script/deps fetches, checks and builds them into a cache outside the tree.

foreach(library IN ITEMS cjson mbedtls sodium lws cares)
  add_library(hookflash_${library} INTERFACE)
  add_library(hookflash::${library} ALIAS hookflash_${library})
endforeach()

if(HOOKFLASH_WITHOUT_DEPS OR NOT EXISTS ${PROJECT_SOURCE_DIR}/script/deps)
  message(STATUS "Third-party libraries are left out; only pure rooms can be built.")
  return()
endif()
