while [ $# -gt 0 ]; do
    case $1 in
        --run) doing=yes ;;
        --from) number "$@" && from=$2 && shift ;;
        --only) number "$@" && only=$2 && shift ;;
        --done) number "$@" && finished="$finished$2 " && shift ;;
        --wait) number "$@" && patience=$2 && shift ;;
        --context) context=${2:-} && shift ;;
        *) fail 2 "there is no option $1; the first lines of this script name them" ;;
    esac
    shift || fail 2 'the last option lacks its value'
done

if [ "$doing" = yes ]; then
    [ -n "$context" ] || fail 2 '--run needs --context NAME, so that it runs on the cluster that is meant'
    [ "$unnamed" = no ] || fail 2 'a namespace is not known; make this script anew, with --namespace'
    current=$(kubectl config current-context) || fail 2 'kubectl has no context'
    [ "$current" = "$context" ] || fail 2 "kubectl speaks to $current, not to $context"
else
    say 'This only shows what would be done; --run --context NAME does it.'
fi

for chosen in "$from" ${only:+"$only"}; do
    if [ "$chosen" -lt 1 ] || [ "$chosen" -gt "$last" ]; then
        fail 2 "there is no step $chosen; they are 1 to $last"
    fi
done

first
for ((step = 1; step <= last; step++)); do
    if [ -n "$only" ]; then
        [ "$step" = "$only" ] || continue
    elif [ "$step" -lt "$from" ]; then
        continue
    fi
    "step_$step"
done

if [ "$doing" = yes ]; then
    printf '\ndone\n'
fi
