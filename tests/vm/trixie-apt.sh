# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# To be sourced: an apt configuration of our own for Debian 13, at the mirrors
# from which this machine has its Debian.  Nothing of the machine's apt changes.
#
# apt works with it once APT_CONFIG is exported as $trixie_apt/apt.conf.

trixie_apt=${build:?}/cache/apt
trixie_keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# trixie_mirror PATTERN: the repository of the first of this machine's Debian
# suites whose codename matches.
trixie_mirror()
{
	# shellcheck disable=SC2016 # expanded by apt
	apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(REPO_URI)' \
		'Created-By: Packages' |
		awk -v pattern="$1" '$1 == "Debian" && $2 ~ pattern && !seen {
			print $3
			seen = 1
		}'
}

trixie_sources()
{
	local options="[arch=amd64 signed-by=$trixie_keyring]" main security

	main=$(trixie_mirror '^[a-z]+$')
	security=$(trixie_mirror '^[a-z]+-security$')
	[ -n "$main" ] || return 1
	echo "deb $options $main trixie main"
	echo "deb $options $main trixie-backports main"
	[ -z "$security" ] || echo "deb $options $security trixie-security main"
}

# Of the machine's configuration only how it reaches a mirror: its hooks would
# act on the machine's lists.
trixie_conf()
{
	apt-config dump | grep '^Acquire::' | grep -v '^Acquire::IndexTargets'
	cat <<-CONF
	Acquire::Languages "none";
	APT::Architecture "amd64";
	APT::Architectures { "amd64"; };
	APT::Sandbox::User "$(id -un)";
	Dir::Etc::Main "/dev/null";
	Dir::Etc::Parts "/dev/null";
	Dir::Etc::Preferences "/dev/null";
	Dir::Etc::PreferencesParts "/dev/null";
	Dir::Etc::SourceList "$trixie_apt/sources.list";
	Dir::Etc::SourceParts "/dev/null";
	Dir::State "$trixie_apt/state";
	Dir::State::status "/dev/null";
	Dir::Cache "$trixie_apt/cache";
	CONF
}

# Fails if this machine's apt knows no Debian mirror.
trixie_set_up()
{
	local new

	mkdir -p "$trixie_apt"/{state/lists,cache/archives}/partial
	new=$(mktemp "$trixie_apt/new.XXXXXX")
	if ! trixie_sources >"$new"; then
		rm -f "$new"
		return 1
	fi
	# The lists of other sources say nothing about these.
	cmp -s "$new" "$trixie_apt/sources.list" || rm -f "$trixie_apt/updated"
	mv "$new" "$trixie_apt/sources.list"
	new=$(mktemp "$trixie_apt/new.XXXXXX")
	trixie_conf >"$new"
	mv "$new" "$trixie_apt/apt.conf"
}

# Nobody but us updates these lists: once a day will do.
trixie_is_fresh()
{
	[ -n "$(find "$trixie_apt/updated" -mmin -1440 2>/dev/null)" ]
}

# What apt said stays in the file "log" there.
trixie_update()
{
	local rc=0

	echo "updating the package lists of Debian 13" >&2
	LC_ALL=C flock "$trixie_apt" apt-get --quiet update --error-on=any \
		>"$trixie_apt/log" 2>&1 || rc=$?
	cat "$trixie_apt/log" >&2
	[ "$rc" -ne 0 ] || touch "$trixie_apt/updated"
	return "$rc"
}

# Did the last update fail because a mirror has such a suite no more?
trixie_is_gone()
{
	grep -q 'does not have a Release file' "$trixie_apt/log" 2>/dev/null
}
