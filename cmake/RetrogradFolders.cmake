# Where things are installed below the prefix. Read before anything asks, for GNUInstallDirs decides once.
# Debian keeps libraries in a folder an architecture, under /usr and under /usr/local.
if(EXISTS /etc/debian_version AND CMAKE_LIBRARY_ARCHITECTURE AND NOT DEFINED CMAKE_INSTALL_LIBDIR)
  set(CMAKE_INSTALL_LIBDIR lib/${CMAKE_LIBRARY_ARCHITECTURE} CACHE PATH "Where libraries are installed below the prefix")
endif()
include(GNUInstallDirs)
