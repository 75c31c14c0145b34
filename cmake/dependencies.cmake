# Third-party libraries. OpenSSL 3.5 or newer comes from the system, or from where scripts/setup built it.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

set(CLAVIGER_OPENSSL_ROOT "" CACHE PATH "Prefix of a static OpenSSL 3.5 build; empty for the system's")
# CMake remembers where it found OpenSSL, also when the root is another one: a build directory of before would go on with
# the old build.
if(NOT "${CLAVIGER_OPENSSL_ROOT}" STREQUAL "${CLAVIGER_OPENSSL_FOUND_FOR}")
  unset(OPENSSL_INCLUDE_DIR CACHE)
  unset(OPENSSL_CRYPTO_LIBRARY CACHE)
  unset(OPENSSL_SSL_LIBRARY CACHE)
endif()
set(CLAVIGER_OPENSSL_FOUND_FOR "${CLAVIGER_OPENSSL_ROOT}" CACHE INTERNAL "The root that OpenSSL was looked for in")
if(CLAVIGER_OPENSSL_ROOT)
  set(OPENSSL_ROOT_DIR ${CLAVIGER_OPENSSL_ROOT})
  set(OPENSSL_USE_STATIC_LIBS ON)
endif()
find_package(OpenSSL 3.5 REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(SQLite3 3.40 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(simdjson REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(yaml-cpp 0.7 REQUIRED)
find_package(prometheus-cpp REQUIRED)
pkg_check_modules(Cbor REQUIRED IMPORTED_TARGET libcbor)

# Asio and Beast are used header-only, without the parts we do not use.
add_library(claviger_asio INTERFACE)
target_include_directories(claviger_asio SYSTEM INTERFACE ${Boost_INCLUDE_DIRS})
target_compile_definitions(claviger_asio INTERFACE BOOST_ASIO_NO_DEPRECATED
  BOOST_ASIO_DISABLE_VISIBILITY)
if(CLAVIGER_SANITIZE MATCHES "thread")
  # g++'s thread sanitizer does not understand fences; Asio's locks order everything that we use.
  target_compile_definitions(claviger_asio INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
endif()
target_link_libraries(claviger_asio INTERFACE Threads::Threads OpenSSL::SSL)

if(CLAVIGER_TESTS)
  find_package(GTest REQUIRED)
endif()
if(CLAVIGER_BENCHMARKS)
  find_package(benchmark REQUIRED)
endif()
