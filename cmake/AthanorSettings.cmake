# Compiler flags, output folders, ccache: the same for every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_AUTOMOC ON)

include(GNUInstallDirs)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib/athanor")
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib/static")
set(ATHANOR_PLUGIN_OUTPUT "${CMAKE_BINARY_DIR}/lib/athanor/plugins")
set(ATHANOR_SHARE_OUTPUT "${CMAKE_BINARY_DIR}/share/athanor")
# An installed copy keeps the same shape (bin, lib/athanor, lib/athanor/plugins, share/athanor), so that
# everything is found relative to the running program.
set(ATHANOR_INSTALL_LIB "lib/athanor")
set(ATHANOR_INSTALL_PLUGINS "lib/athanor/plugins")
set(ATHANOR_INSTALL_SHARE "share/athanor")

add_compile_options(-Wall -Wextra -Wpedantic -Wno-missing-field-initializers -Werror=invalid-pch)
add_compile_definitions(QT_NO_KEYWORDS QT_NO_CAST_FROM_ASCII QT_NO_CAST_TO_ASCII ATHANOR_VERSION="${PROJECT_VERSION}")
if(CMAKE_BUILD_TYPE STREQUAL "Release")
    add_compile_options(-O2)
endif()
if(ATHANOR_SANITIZE)
    add_compile_options(-fsanitize=address,undefined -fno-omit-frame-pointer)
    add_link_options(-fsanitize=address,undefined)
endif()

find_program(ATHANOR_CCACHE ccache)
if(ATHANOR_CCACHE)
    # Precompiled headers are cached only when ccache is told to look past their defines and time macros.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
        CCACHE_PCH_EXTSUM=1 CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
        CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${ATHANOR_CCACHE})
    set(CMAKE_C_COMPILER_LAUNCHER ${ATHANOR_CCACHE})
    add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
endif()
