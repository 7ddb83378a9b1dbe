# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Roots of Debian to install packages in, to be sourced after tap.sh.  The working
# directory is the top of the project, build an absolute path.  Needs root.

# must NAME COMMAND...: as check, but without it the rest makes no sense
must()
{
	check "$@"
	[ "${tap_failed:?}" -gt 0 ] || return 0
	tap_end || exit 1
}

# made deb|rpm|kit: unless it is there, of what is committed now
made()
{
	local commit

	commit=$(cat "${build:?}/$1/commit" 2>/dev/null) || commit=none
	[ "$commit" = "$(git rev-parse HEAD)" ] ||
		"${MAKE:-make}" "$1" BUILD="$build"
}

# root_uri PATTERN: the repository of the first of this machine's Debian suites
# whose codename matches.
root_uri()
{
	# shellcheck disable=SC2016 # expanded by apt
	apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(REPO_URI)' \
		'Created-By: Packages' |
		awk -v pattern="$1" '$1 == "Debian" && $2 ~ pattern && !seen {
			print $3
			seen = 1
		}'
}

# root_sources SUITE: where this machine has its Debian from
root_sources()
{
	local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	local options="[signed-by=$keyring]" main security

	main=$(root_uri '^[a-z]+$')
	security=$(root_uri '^[a-z]+-security$')
	[ -n "$main" ] || return 1
	echo "deb $options $main $1 main"
	[ "$1" = bookworm ] || echo "deb $options $main $1-backports main"
	[ -z "$security" ] || echo "deb $options $security $1-security main"
}

# How this machine reaches a mirror
root_apt_options()
{
	apt-config dump |
		grep -E '^Acquire::(http|https|Check-|Retries|ForceIPv)' || :
	echo 'Acquire::Languages "none";'
}

# What is in all of them: a machine that could boot, and could build modules
root_packages=(
	systemd-sysv udev
	linux-image-amd64 linux-headers-amd64
	dkms openssl
	pkg-config
)

# root_base SUITE: make $build/packages/SUITE if it is not there or older than a
# week
root_base()
{
	local suite=$1 base=${build:?}/packages/$1 key

	key="${root_packages[*]} $(root_sources "$suite")" || return
	if [ "$(cat "$base.key" 2>/dev/null)" = "$key" ] &&
	   [ -n "$(find "$base.key" -mtime -7)" ]; then
		return
	fi
	rm -rf "$base" "$base.key"
	mkdir -p "$base"
	root_sources "$suite" >"$base.list"
	root_apt_options >"$base.apt"
	# It need not survive a power cut: dpkg waits for the disk for minutes.
	mmdebstrap --quiet --variant=minbase --format=directory \
		--include="$(IFS=,; echo "${root_packages[*]}")" --aptopt="$base.apt" \
		--dpkgopt=force-unsafe-io "$suite" "$base" "$base.list" || return
	echo "$key" >"$base.key"
}

# root_mount SUITE: a copy that can be changed, in this mount namespace, at $root;
# what is changed is beside it.
root_mount()
{
	local dir=${root:?}.changes mount

	rm -rf "$dir"
	mkdir -p "$root" "$dir"/{upper,work}
	mount -t overlay overlay "$root" -o \
		"lowerdir=$build/packages/$1,upperdir=$dir/upper,workdir=$dir/work" ||
		return
	for mount in dev sys; do
		mount --rbind "/$mount" "$root/$mount" || return
	done
	mount -t proc proc "$root/proc" &&
		mount -t tmpfs tmpfs "$root/run" &&
		mount -t tmpfs tmpfs "$root/mnt" || return
	cp /etc/resolv.conf "$root/etc/"
}

# in_root COMMAND...
in_root()
{
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C HOME=/root \
		DEBIAN_FRONTEND=noninteractive chroot "${root:?}" "$@"
}

# root_apt ARGUMENT...
root_apt()
{
	in_root apt-get -q -y "$@" </dev/null
}

# root_runs RELEASE: "uname -r" says that it is the running kernel
root_runs()
{
	[ -e "$root/mnt/uname" ] || cp "$root/bin/uname" "$root/mnt/real-uname"
	cat >"$root/mnt/uname" <<-END
	#!/bin/sh
	[ "\$*" != -r ] || { echo $1; exit; }
	exec /mnt/real-uname "\$@"
	END
	chmod +x "$root/mnt/uname"
	mountpoint -q "$root/bin/uname" ||
		mount --bind "$root/mnt/uname" "$root/bin/uname"
}

# All files but those that change anyhow
root_files()
{
	in_root find / -xdev ! -type d | grep -vE \
	'^/(var/(log|cache|lib/apt|lib/dpkg|lib/systemd)|mnt|run|tmp|proc|dev|sys)/' |
		sort
}

# What packages own that are installed now, by the names that find gives it
root_owned()
{
	in_root sh -c 'cat /var/lib/dpkg/info/*.list' |
		sed -E 's,^/(bin|sbin|lib|lib64)/,/usr/\1/,' | sort -u
}

# root_has_module RELEASE VERSION: and depmod knows it
root_has_module()
{
	[ "$(in_root modinfo -k "$1" -F version vfio_p2p_dmabuf)" = "$2" ]
}

root_has_none()
{
	[ -z "$(find "$root/lib/modules/$1" -name 'vfio_p2p*')" ] &&
		! grep -q vfio_p2p "$root/lib/modules/$1"/modules.* 2>/dev/null
}

# root_unfit DIR RELEASE: headers of a kernel of before vfio-pci-core, below DIR
root_unfit()
{
	local headers=$1/usr/lib/modules/$2/build

	mkdir -p "$headers"/include/{config,linux}
	touch "$headers/Makefile" "$headers/include/linux/vfio.h"
	echo CONFIG_VFIO_PCI=m | tee "$headers/.config" \
		>"$headers/include/config/auto.conf"
}
