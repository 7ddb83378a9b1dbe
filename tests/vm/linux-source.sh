# shellcheck shell=bash disable=SC2034,SC2154 # variables of build-kernel
# SPDX-License-Identifier: GPL-2.0-only
# To be sourced by build-kernel: get the source of a kernel line and unpack it
# under build/kernels/src, once for all flavours.
#
# A line is one that this machine's Debian has, such as 6.12, or 7.3 for the
# newest 7.x in trixie-backports, whatever its version.
#
# trixie-apt.sh has to be sourced before.

skip()
{
	echo "no kernel to build: $*" >&2
	exit 77
}

update_lists()
{
	if [ -n "${APT_CONFIG:-}" ]; then
		trixie_update
	else
		apt-get --quiet update >&2
	fi
}

# The newest package of the line that apt knows, or nothing.
source_package()
{
	local pattern="^linux-source-${1//./[.]}\$"

	[[ $1 != 7.* ]] || pattern='^linux-source-7[.][0-9]+$'
	apt-cache search --names-only "$pattern" | awk '{ print $1 }' |
		sort -V | tail -n 1
}

# Find out which file is wanted: sets package and source_deb.
resolve_source()
{
	package=$(source_package "$1")
	[ -n "$package" ] || return 1
	source_deb=$(apt-get --quiet download --print-uris "$package" \
		2>/dev/null | awk '{ print $2 }')
	[ -n "$source_deb" ]
}

# The newest that an earlier run downloaded.
resolve_cached_source()
{
	local pattern="linux-source-$1_*.deb"

	[[ $1 != 7.* ]] || pattern="linux-source-7.*.deb"
	source_deb=$(find "$build/cache" -name "$pattern" -printf '%f\n' |
		sort -V | tail -n 1)
	package=${source_deb%%_*}
	[ -n "$source_deb" ]
}

download_source()
{
	local tmp

	[ ! -e "$build/cache/$source_deb" ] || return 0
	tmp=$(mktemp -d "$build/cache/tmp.XXXXXX")
	chmod 755 "$tmp"
	if ! (cd "$tmp" && apt-get --quiet \
	      -o APT::Sandbox::User="$(id -un)" download "$package" >&2); then
		rm -rf "$tmp"
		return 1
	fi
	mv "$tmp/$source_deb" "$build/cache/"
	rmdir "$tmp"
}

unpack_source()
{
	local new=$source_dir.new

	echo "build-kernel: unpacking $source_deb" >&2
	rm -rf "$new" "$source_dir" "$source_dir.version"
	mkdir -p "$new"
	dpkg-deb --fsys-tarfile "$build/cache/$source_deb" |
		tar -xO "./usr/src/$package.tar.xz" |
		nice -n 19 tar -xJ -C "$new" --strip-components=1
	mv "$new" "$source_dir"
	printf '%s\n' "$source_deb" >"$source_dir.version"
}

# The lists may be missing, or older than the archive.
newest_source_to_cache()
{
	resolve_source "$1" && download_source
}

# find_source LINE: sets source_dir and source_version.  One at a time: flavours
# of a line share its source.
find_source()
{
	mkdir -p "$build/kernels/src"
	exec 8>"$build/kernels/src/.lock-$1"
	flock 8
	if [[ $1 = 7.* ]]; then
		trixie_set_up || skip "apt has no Debian mirror"
		export APT_CONFIG=$trixie_apt/apt.conf
		trixie_is_fresh || trixie_update || :
	fi
	if ! newest_source_to_cache "$1" &&
	   ! { update_lists && newest_source_to_cache "$1"; } &&
	   ! resolve_cached_source "$1"; then
		skip "apt has no linux-source-$1"
	fi
	source_dir=$build/kernels/src/$package
	source_version=$source_deb
	[ "$(cat "$source_dir.version" 2>/dev/null)" = "$source_deb" ] ||
		unpack_source
	exec 8>&-
}
