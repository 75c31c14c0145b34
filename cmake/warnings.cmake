add_compile_options(-Wall -Wextra -Wconversion -Wshadow -Wswitch-enum -Werror -fno-strict-aliasing
  -fstack-protector-strong
  # Designated initializers leave the rest to its defaults on purpose.
  -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # libstdc++ 12's headers trip this one under clang 19; our own code does not use deprecated names.
  add_compile_options(-Wthread-safety -Wno-deprecated-declarations)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CLAVIGER_SANITIZE)
  # g++ 12 reports false positives of these two from libstdc++ when instrumented.
  add_compile_options(-Wno-maybe-uninitialized -Wno-restrict)
endif()
if(CLAVIGER_SANITIZE)
  add_compile_options(-fsanitize=${CLAVIGER_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${CLAVIGER_SANITIZE})
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_definitions(_FORTIFY_SOURCE=2)
  add_link_options(-Wl,-z,relro,-z,now)
endif()
