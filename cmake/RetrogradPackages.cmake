# Debian packages, one a component: ./dev package, or cpack in the build folder. What a package needs of others is found
# in its programs by dpkg-shlibdeps; what its scripts and headers need is named here.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)  # packing takes what is there: a test of it must not build
set(CPACK_GENERATOR DEB)
set(CPACK_COMPONENTS_ALL program library dev)
if(RETROGRAD_PYTHON)
  list(APPEND CPACK_COMPONENTS_ALL python)
endif()
if(TARGET retrograd_mpi)
  list(APPEND CPACK_COMPONENTS_ALL mpi)
endif()
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")  # each has its own
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_THREADS 0)
set(CPACK_POST_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/RetrogradInstalledSize.cmake)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "The retrograd maintainers <maintainers@retrograd.invalid>")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(about "retrograd trains multi-layer neural networks by gradient descent and
backpropagation on CPUs. Every gradient can be opened into its derivation, the
same data and seed give the same model to the bit, and a model is one ONNX file
with its preprocessing inside.")

# package(COMPONENT NAME SECTION SUMMARY TEXT): its fields, and the documents that every package has.
set(debian ${PROJECT_SOURCE_DIR}/packaging/debian)
set(documents ${PROJECT_BINARY_DIR}/package/documents)
file(MAKE_DIRECTORY ${documents})
function(package COMPONENT NAME SECTION SUMMARY TEXT)
  string(TOUPPER ${COMPONENT} upper)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${NAME} PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_PACKAGE_SECTION ${SECTION} PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_DESCRIPTION "${SUMMARY}\n${about}\n\n${TEXT}" PARENT_SCOPE)
  set(CPACK_COMPONENT_${upper}_DESCRIPTION "${SUMMARY}\n${about}\n\n${TEXT}" PARENT_SCOPE)
  install(FILES ${debian}/copyright ${documents}/changelog.gz
                ${documents}/changelog.Debian.gz DESTINATION share/doc/${NAME} COMPONENT ${COMPONENT} EXCLUDE_FROM_ALL)  # of packages alone
endfunction()

foreach(pair CHANGELOG.md:changelog.gz packaging/debian/changelog:changelog.Debian.gz)
  string(REGEX MATCH "^(.*):(.*)$" pair ${pair})
  set(file ${PROJECT_SOURCE_DIR}/${CMAKE_MATCH_1})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  execute_process(COMMAND gzip -9nc ${file} OUTPUT_FILE ${documents}/${CMAKE_MATCH_2} COMMAND_ERROR_IS_FATAL ANY)
endforeach()

package(program retrograd science "trains neural networks, and explains every gradient"
        "This package has the program, its manual pages and completions.")
package(library libretrograd${PROJECT_VERSION_MAJOR} libs "neural networks by gradient descent: shared library"
        "This package has the library that programs in C and C++ are linked with.")
package(dev libretrograd-dev libdevel "neural networks by gradient descent: development files"
        "This package has the headers for C and C++, the static library, and what\nCMake's find_package and pkg-config read.")
package(python python3-retrograd python "neural networks by gradient descent: Python package"
        "This package has estimators by scikit-learn's conventions and the network API\nfor NumPy arrays and pandas frames.")
package(mpi retrograd-mpi science "trains neural networks by several processes"
        "This package has the module that retrograd loads when mpirun or srun has\nstarted several of it, on one machine or many.")

set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA ${debian}/library/triggers)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "libretrograd${PROJECT_VERSION_MAJOR} (= ${PROJECT_VERSION}-1)")
# Only who links statically needs them.
set(CPACK_DEBIAN_DEV_PACKAGE_RECOMMENDS "libfmt-dev, libhwy-dev, libonnx-dev, libprotobuf-dev, zlib1g-dev")
set(CPACK_DEBIAN_MPI_PACKAGE_DEPENDS "retrograd (= ${PROJECT_VERSION}-1), openmpi-bin")
if(RETROGRAD_PYTHON)
  math(EXPR next "${Python_VERSION_MINOR} + 1")
  set(CPACK_DEBIAN_PYTHON_PACKAGE_DEPENDS
      "python3 (>= ${Python_VERSION_MAJOR}.${Python_VERSION_MINOR}), python3 (<< ${Python_VERSION_MAJOR}.${next}), python3-numpy")
  set(CPACK_DEBIAN_PYTHON_PACKAGE_RECOMMENDS "python3-pandas, python3-sklearn")
  set(CPACK_DEBIAN_PYTHON_PACKAGE_CONTROL_EXTRA
      ${debian}/python/postinst ${debian}/python/prerm)
endif()
include(CPack)
