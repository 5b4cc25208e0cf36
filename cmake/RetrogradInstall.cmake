# What is installed: one static and one shared library of all layers, the public headers, the program, and what
# find_package and pkg-config read.
include(CMakePackageConfigHelpers)
include(RetrogradExports)

set(layers base math gemm ops graph optim plan parallel data train explain onnx export report capi)
set(third_party Threads::Threads fmt::fmt ZLIB::ZLIB hwy onnx onnx_proto protobuf)

set(objects "")
foreach(layer IN LISTS layers)
  list(APPEND objects $<TARGET_OBJECTS:retrograd_${layer}>)
endforeach()
set(version_script ${PROJECT_BINARY_DIR}/retrograd.map)
retrograd_version_script(${version_script})

foreach(kind static shared)
  string(TOUPPER ${kind} type)
  add_library(retrograd_${kind} ${type} ${objects})
  set_target_properties(retrograd_${kind} PROPERTIES OUTPUT_NAME retrograd EXPORT_NAME ${kind} LINKER_LANGUAGE CXX)
  target_include_directories(retrograd_${kind} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_compile_features(retrograd_${kind} INTERFACE cxx_std_20)
  install(TARGETS retrograd_${kind} EXPORT retrograd_${kind}
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT dev
          LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library NAMELINK_COMPONENT dev)
  install(EXPORT retrograd_${kind} FILE retrograd-${kind}.cmake NAMESPACE retrograd::
          DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/retrograd COMPONENT dev)
endforeach()
target_link_libraries(retrograd_static PUBLIC ${third_party})
target_link_libraries(retrograd_shared PRIVATE ${third_party})
target_link_options(retrograd_shared PRIVATE -Wl,--version-script=${version_script} -Wl,--no-undefined -Wl,--as-needed)
set_target_properties(retrograd_shared PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
                      LINK_DEPENDS ${version_script})

install(TARGETS retrograd_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
install(DIRECTORY include/retrograd DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT dev FILES_MATCHING PATTERN *.hpp)
install(FILES include/retrograd.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT dev)

set(config ${PROJECT_BINARY_DIR}/package)
configure_package_config_file(cmake/retrogradConfig.cmake.in ${config}/retrogradConfig.cmake
                              INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/retrograd)
write_basic_package_version_file(${config}/retrogradConfigVersion.cmake COMPATIBILITY SameMinorVersion)
# Found from where it lies, so that the tree may be moved.
file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
set(RETROGRAD_PC_PREFIX "\${pcfiledir}/${up}")
configure_file(cmake/retrograd.pc.in ${config}/retrograd.pc @ONLY)
install(FILES ${config}/retrogradConfig.cmake ${config}/retrogradConfigVersion.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/retrograd COMPONENT dev)
install(FILES ${config}/retrograd.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT dev)
include(RetrogradPages)
