# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Header trees for the tests of the compat layer, to be sourced.  The working
# directory is the top of the project, build an absolute path.

# headers_of LINE: the tree that the kernel's build directory builds with.
headers_of()
{
	local kdir=${build:?}/kernels/$1/kdir tree

	tree=$(sed -n 's,^include \(.*\)/Makefile$,\1,p' "$kdir/Makefile")
	case $tree in
	/*)	realpath "$tree" ;;
	*)	realpath "$kdir/${tree##*)}" ;; # behind $(dir ...)
	esac
}

# in_root LINE COMMAND...: with the tools that the kernel's headers want.
in_root()
{
	local line=$1

	shift
	if [ -e "$build/kernels/$line/tool-root" ]; then
		tests/vm/tool-root "$@"
	else
		"$@"
	fi
}

# copy_headers LINE DIR: a tree whose files can be changed, DIR/kdir.  They are
# hard links: a file has to be replaced, not written to.
copy_headers()
{
	local kdir=$build/kernels/$1/kdir src

	src=$(realpath "$kdir/..")
	rm -rf "$2"
	mkdir -p "$2/usr"
	cp -al "$src" "$2/usr/src"
	ln -s "$(realpath "$src/../lib")" "$2/usr/lib"
	ln -s "usr/src/$(basename "$(realpath "$kdir")")" "$2/kdir"
	ln -s "usr/src/$(basename "$(headers_of "$1")")" "$2/headers"
}

# replace FILE COMMAND...: its contents by what COMMAND prints, given it as input
replace()
{
	local file=$1

	shift
	"$@" <"$file" >"$file.new" && mv "$file.new" "$file"
}

# has CONFIG NAME: does compat_config.h say yes?  absent: does it say no?
has()
{
	grep -qx "#define HAVE_$2 1" "$1"
}

absent()
{
	grep -qx "/\* HAVE_$2: absent \*/" "$1"
}
