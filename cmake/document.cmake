# Run by ctest and by the target 'documents': compares (or writes) a document that a program prints.
execute_process(
  COMMAND ${PROGRAM} ${ARGS}
  OUTPUT_VARIABLE printed
  RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} failed (${result}).")
endif()
if(WRITE)
  file(WRITE ${DOCUMENT} "${printed}")
  message(STATUS "wrote ${NAME}")
  return()
endif()
set(kept "")
if(EXISTS ${DOCUMENT})
  file(READ ${DOCUMENT} kept)
endif()
if(NOT kept STREQUAL printed)
  message(FATAL_ERROR "${NAME} is stale. Write it anew with: script/build debug documents")
endif()
