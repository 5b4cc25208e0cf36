# Compiles the room without OBLIGATION; succeeds if the compiler refuses it and names both Room and the obligation.
execute_process(COMMAND ${COMPILE} -DWITHOUT_${OBLIGATION} RESULT_VARIABLE result OUTPUT_VARIABLE output
                ERROR_VARIABLE output)
if(result EQUAL 0)
  message(FATAL_ERROR "a room without ${OBLIGATION} compiles")
endif()
foreach(word Room ${OBLIGATION})
  if(NOT output MATCHES "${word}")
    message(FATAL_ERROR "the compiler's message does not name ${word}:\n${output}")
  endif()
endforeach()
